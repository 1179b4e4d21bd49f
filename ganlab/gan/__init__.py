"""The GAN itself: losses, penalties, networks, priors, averaging, latent walks. Torch only; no files or threads."""
