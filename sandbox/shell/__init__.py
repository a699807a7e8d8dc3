"""Zoho CRM as a person sees it: lists, records, buttons, and the frames in which an extension's widgets open.

It speaks the CRM's side of the widget protocol (facts/widget.md 2.3) and nothing else of it: what the widgets may
know, they must ask their own server. Pages run one script of ours; the services' state is only read here.
"""
