"""IAM enforcement for the local cloud: principals, required permissions, policy evaluation.

`docs/fidelity.md` lists what is evaluated as on AWS and what is not.
"""
