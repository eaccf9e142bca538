/* SPDX-License-Identifier: ISC */
public class Sum {
	public static void main(String[] args) {
		long sum = 0;

		for (int i = 1; i <= 1000000; i++)
			sum += (long) i * i % 7;
		System.out.println("sum " + sum);
	}
}
