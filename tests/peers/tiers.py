"""How much is run. FASTH2_PEERS=full in the environment: twice the requests, more combinations, and all of it on
stock hpack and hyperframe too, which shows that a failure is not the tests' own."""
import os

FULL = os.environ.get("FASTH2_PEERS") == "full"
SIDES = ["fasth2", "stock"] if FULL else ["fasth2"]
REQUESTS = 2_000 if FULL else 1_000
FEWER = 1_000 if FULL else 300  # for combinations that are the second of their kind
