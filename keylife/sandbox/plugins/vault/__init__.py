"""The stand-in for ``pulumi-resource-vault``, on OpenBao."""
