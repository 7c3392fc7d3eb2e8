//! What every area shares: areas, incidents, imports, ports.
