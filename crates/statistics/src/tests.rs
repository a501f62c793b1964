//! Kernels against each other and against hand-made cases.
