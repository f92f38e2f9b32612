"""The stand-in for ``pulumi-resource-aws``, on the sandbox's own AWS."""
