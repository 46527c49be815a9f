"""How calls travel: sent, tried again, streamed, taken in pieces. Nothing here knows what a bill is."""

from billowatt_client.sending.exchange import AsyncSending, Sending

__all__ = ["AsyncSending", "Sending"]
