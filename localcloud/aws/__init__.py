"""AWS: moto for the APIs, and what moto has not: an instance's metadata, checkip, addresses as AWS has them."""
