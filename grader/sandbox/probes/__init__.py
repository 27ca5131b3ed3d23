"""Functions of ours that run inside the sandbox next to the submission.

A probe takes and returns plain data; names of the submission arrive as the functions and classes
themselves. What it returns is a claim of the sandbox: a check believes only values that a right
implementation could have produced. The same probes are replayed on known mistakes (see
`grader.diagnose`).
"""
