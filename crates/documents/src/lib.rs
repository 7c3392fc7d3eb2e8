//! Tables as files: CSV, ODS and GeoJSON.
