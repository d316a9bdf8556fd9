"""The allocator: what to buy next for a problem, from a belief about its difficulty, at a price."""
