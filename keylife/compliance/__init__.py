"""The rules that say no: pure functions over one description of a credential.

One rule set, judged at every gate: a gate describes what it sees as :class:`Credential` and
:class:`Component`, and hands that to :func:`keylife.compliance.rules.judge`.
"""
