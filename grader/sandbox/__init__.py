"""The boundary: the trusted process never meets the code of a submission.

    trusted process                      nursery                      sandbox (one per exercise)
    client.py     ── scratch, sockets ─▶ nursery.py ── fork ────────▶ inside.py
                                                                      lockdown.py, then the submission
                  ── probe name, plain data (wire.py) ──────────────▶ probes/
                  ◀─ plain data, size-capped ───────────────────────

The trusted process keeps the clock, kills what is late, and believes only values that a right
implementation could have produced.
"""
