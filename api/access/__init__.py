"""Who may do what: keys, what each operation takes, rate limits, and which web pages may read responses."""
