// Quantiles out of histograms whose bin n begins at 2^(n / bins per octave) microseconds.

/** Where a bin begins, in microseconds. */
export function binStart(bin: number, binsPerOctave: number): number {
  return 2 ** (bin / binsPerOctave);
}

/** The bin in which the sample lies that a share of the samples does not exceed; −1: there is none. */
export function quantileBin(bins: ArrayLike<number>, samples: number, share: number): number {
  const wanted = samples * share;
  let seen = 0;
  for (let bin = 0; bin < bins.length; bin += 1) {
    seen += bins[bin]!;
    if (seen >= wanted && bins[bin]! > 0) return bin;
  }
  return -1;
}

/** The value below which a share of the samples lies, in microseconds: the middle of its bin, on a logarithmic scale. */
export function quantile(bins: ArrayLike<number>, samples: number, share: number, binsPerOctave: number): number {
  const bin = quantileBin(bins, samples, share);
  return bin < 0 ? 0 : binStart(bin + 0.5, binsPerOctave);
}
