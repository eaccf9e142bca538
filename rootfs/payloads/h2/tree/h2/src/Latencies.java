/* SPDX-License-Identifier: ISC */
import java.util.Locale;

/** How long operations took, in classes that are at most an eighth wide: no memory grows while it counts. */
final class Latencies {
	private static final int STEPS = 8;
	private final long[] count = new long[64 * STEPS];
	private long max;

	/** The class of a time: its highest bit, and the three bits below that. */
	private static int classOf(long ns) {
		int top = 63 - Long.numberOfLeadingZeros(ns | STEPS);

		return top * STEPS + (int) (ns >>> (top - 3)) % STEPS;
	}

	/** The middle of a class, in ns. */
	private static double middle(int c) {
		return Math.scalb(STEPS + c % STEPS + 0.5, c / STEPS - 3);
	}

	void add(long ns) {
		count[classOf(ns)]++;
		max = Math.max(max, ns);
	}

	void add(Latencies other) {
		for (int i = 0; i < count.length; i++)
			count[i] += other.count[i];
		max = Math.max(max, other.max);
	}

	/** The time that so much of all operations took at most, in microseconds. */
	private double quantile(double part) {
		long total = 0, seen = 0;

		for (long c : count)
			total += c;
		for (int i = 0; i < count.length; i++) {
			seen += count[i];
			if (count[i] > 0 && seen >= part * total)
				return Math.min(middle(i), max) / 1000;
		}
		return 0;
	}

	String json() {
		return String.format(Locale.ROOT,
			"{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}", quantile(0.5),
			quantile(0.9), quantile(0.99), quantile(0.999), max / 1000.0);
	}
}
