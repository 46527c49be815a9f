"""Prints the document as it is committed: ``python -m gateway.openapi > gateway/openapi/openapi.json``."""

import json
import sys

from gateway.openapi.document import build_document
from gateway.rest.routes import ROUTES

sys.stdout.write(json.dumps(build_document(ROUTES), ensure_ascii=False, indent=1) + "\n")
