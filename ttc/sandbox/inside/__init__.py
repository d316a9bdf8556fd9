"""What runs in the other process: standard library only, and no import of the rest of ttc.

There are three kinds of processes, each started by the one before:

- The zygote answers requests and forks.
- The supervisor is the first process of a process namespace. It runs the tests, or feeds and reads a program.
- The program is the first process of a namespace below. It cannot see, signal or trace the supervisor.
"""
