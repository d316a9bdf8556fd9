"""What is believed about the answers of one problem: which of them is right, and how sure that is.

May import: nothing of ttc.
"""
