"""The compiled path on the processor: libraries, programs, and the torch operator over them."""
