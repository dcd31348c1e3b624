"""IAM enforcement for the local cloud: who calls, what the call needs, and what policies say.

`docs/fidelity.md` says what of it is evaluated as AWS does and what is not.
"""
