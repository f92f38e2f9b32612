"""The rules as a CrossGuard policy pack: thin, it only hands resources to keylife's rules.

A pack of one's own is three lines::

    from pulumi_policy import PolicyPack
    from keylife.crossguard import policies
    PolicyPack("keylife", policies(beside=Path(__file__).parent))
"""

from keylife.crossguard.pack import policies

__all__ = ["policies"]
