"""The sandbox's AWS on the loopback, moto behind a judge.

IAM, STS, Secrets Manager, Systems Manager's Parameter Store and API Gateway.

``front`` says who checks what, ``control`` lists the paths for clock, faults and calls.
"""
