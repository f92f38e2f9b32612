"""One `pulumi up` of every stack of a repository, several at a time."""
