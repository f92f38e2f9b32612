"""The sandbox's AWS: IAM, STS and Secrets Manager on the loopback, moto behind a judge.

``front`` says who checks what, ``control`` lists the paths for clock, faults and calls.
"""
