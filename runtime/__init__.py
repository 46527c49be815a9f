"""The plumbing that every process shares: settings, logs, postgres, objects, gRPC, journal, lease. Knows no bills."""
