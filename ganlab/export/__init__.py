"""Taking a generator away: to other runtimes, as files that need no ganlab."""
