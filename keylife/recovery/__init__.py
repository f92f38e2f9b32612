"""Bringing a stack whose run was interrupted back to where plain `pulumi up` goes on."""
