"""Where an API of the family has other words than CTP: tables that the driver and the counter's doors share."""
