"""What runs in the other process: standard library only, and no import of the rest of ttc.

zygote (answers requests, forks) -> supervisor (first process of its own process namespace: runs the tests, or feeds
and reads a program) -> program (first process of a namespace below: it cannot see, signal or trace the supervisor).
"""
