"""Zoho CRM: records over REST v8, set-up metadata by zcrmsdk."""
