//! Spatial statistics for incident data: where events cluster beyond chance.
