"""What happened to an account on its trading day: lots opened and closed, fees, money; and the statement of a day."""
