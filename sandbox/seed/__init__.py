"""A believable small company on both sides: an office-supplies dealer in New Zealand.

`sandbox.seed.company.build(records, seed, now)` is the only door. One truth is drawn first (parties, goods, documents),
then written down twice, as each service would return it; the special cases are placed by hand and told in the story.
"""
