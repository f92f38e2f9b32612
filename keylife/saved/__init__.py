"""The gate of what Pulumi saves: a preview, a plan, a stack's state.

It sees what a policy pack cannot: deletions, replacements, ``retainOnDelete``, imports, what was
there before. ``docs/reference/saved-files.md`` has what each file shows and what it does not.
"""
