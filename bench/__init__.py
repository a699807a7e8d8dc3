"""What the product costs, in ratios measured in one run: `python -m bench`.

No figure is a time that another machine would not reach: each is a share of something measured beside it, or a count.
Services run in a process of their own, so that what is measured is the product; calls are counted in their journals,
not by our own counter. The only room beside `tests` that knows both the product and the sandbox.
"""
