"""The golden numbers of the cost models and value rules, computed independently of this package."""

import json
from pathlib import Path

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "cost_golden.json").read_text(encoding="utf-8"))
