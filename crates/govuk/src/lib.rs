//! Page shell and components, chart building blocks, catalogue of texts.
