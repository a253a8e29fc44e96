"""What drivers that speak HTTP and WebSocket share: connections, limits of requests, and the venue's clock."""
