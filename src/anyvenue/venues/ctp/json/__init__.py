"""The JSON door: a counter over WebSocket, as openctp/webctp and homalos-webctp speak it."""
