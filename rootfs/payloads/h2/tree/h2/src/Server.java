/* SPDX-License-Identifier: ISC */
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * Warehouses of a wholesaler in an embedded database, a thread each, which take orders, payments and
 * deliveries for a time; then one line of JSON says how many and how fast. The books have to balance.
 */
public final class Server {
	static final String URL = "jdbc:h2:mem:server;DB_CLOSE_DELAY=-1";

	private Server() {
	}

	public static void main(String[] args) throws Exception {
		if (args.length != 3)
			throw new IllegalArgumentException("usage: Server WAREHOUSES WARM-UP SECONDS");
		int n = Integer.parseInt(args[0]), warmup = Integer.parseInt(args[1]);
		int seconds = Integer.parseInt(args[2]);

		try (Connection db = DriverManager.getConnection(URL)) {
			createTables(db);
			List<Warehouse> all = start(n, warmup, seconds);
			for (Warehouse w : all)
				w.join();
			for (Warehouse w : all)
				if (w.failure != null)
					throw w.failure;
			checkBooks(db, all);
			System.out.println(report(all, seconds));
		}
	}

	private static void createTables(Connection db) throws SQLException {
		try (Statement s = db.createStatement()) {
			for (String table : Warehouse.TABLES)
				s.execute(table);
		}
	}

	/** Fills all warehouses, then opens them at one instant. */
	private static List<Warehouse> start(int n, int warmup, int seconds) throws Exception {
		CountDownLatch filled = new CountDownLatch(n), go = new CountDownLatch(1);
		List<Warehouse> all = new ArrayList<>();

		for (int id = 0; id < n; id++) {
			all.add(new Warehouse(id, warmup, seconds, filled, go));
			all.get(id).start();
		}
		filled.await();
		go.countDown();
		return all;
	}

	/** What the database has must be what the threads did. */
	private static void checkBooks(Connection db, List<Warehouse> all) throws SQLException {
		long orders = 0, paid = 0;

		for (Warehouse w : all) {
			orders += w.orders - w.dropped;
			paid += w.paid;
		}
		expect(db, "SELECT COUNT(*) FROM orders", orders);
		expect(db, "SELECT SUM(paid) FROM warehouse", paid);
		expect(db, "SELECT SUM(paid) FROM customer", paid);
		expect(db, "SELECT COUNT(*) FROM orders o WHERE o.lines <> (SELECT COUNT(*) FROM line l"
			+ " WHERE l.warehouse = o.warehouse AND l.number = o.number)", 0);
	}

	private static void expect(Connection db, String query, long want) throws SQLException {
		try (Statement s = db.createStatement(); ResultSet r = s.executeQuery(query)) {
			r.next();
			if (r.getLong(1) != want)
				throw new IllegalStateException(query + ": " + r.getLong(1) + ", not " + want);
		}
	}

	private static String report(List<Warehouse> all, int seconds) {
		Latencies latencies = new Latencies();
		long[] perSecond = new long[seconds], kinds = new long[Warehouse.KINDS.length];
		long total = 0;

		for (Warehouse w : all) {
			latencies.add(w.latencies);
			for (int i = 0; i < seconds; i++)
				perSecond[i] += w.perSecond[i];
			for (int i = 0; i < kinds.length; i++)
				kinds[i] += w.kinds[i];
		}
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < seconds; i++) {
			text.append(i > 0 ? "," : "").append(perSecond[i]);
			total += perSecond[i];
		}
		return String.format(Locale.ROOT, "{\"ops_per_s\":%.3f,\"warehouses\":%d,\"seconds\":%d,"
			+ "\"per_second\":[%s],\"latency_us\":%s,\"transactions\":%s}", (double) total / seconds,
			all.size(), seconds, text, latencies.json(), kindsJson(kinds));
	}

	private static String kindsJson(long[] kinds) {
		StringBuilder text = new StringBuilder("{");

		for (int i = 0; i < kinds.length; i++)
			text.append(i > 0 ? "," : "").append('"').append(Warehouse.KINDS[i]).append("\":")
				.append(kinds[i]);
		return text.append('}').toString();
	}
}
