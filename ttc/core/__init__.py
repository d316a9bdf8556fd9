"""One run, from a problem and a strategy to a `Result`.

`run` gives the strategy a `Session`. Through it the strategy draws candidates, verifies them and says what it would
answer now. Each of its model calls passes the `Door`, which first holds the worst case of the call in the budget's
ledger. What is found lies on the `Board`, so that a run has an answer whatever ends it. Each step is an event of the
`Trace`. The protocols `Strategy`, `Verifier` and `Judge` say what takes part in a run.

May import: `answers`, `backends.base`, `belief`, `budget`, `errors`, `prompts`, `search`, `types`.
"""
