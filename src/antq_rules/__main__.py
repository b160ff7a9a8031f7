"""``python -m antq_rules`` is ``antq``."""

from antq_rules.cli import main

raise SystemExit(main())
