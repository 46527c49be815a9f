"""The OpenAPI 3.1 document, built from data beside the code, and the pages that show it without any asset from outside."""
