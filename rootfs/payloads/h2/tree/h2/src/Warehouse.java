/* SPDX-License-Identifier: ISC */
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/** One warehouse: its thread, its connection, and the mix of transactions that it does. */
final class Warehouse extends Thread {
	static final String[] TABLES = {
		"CREATE TABLE warehouse (id INT PRIMARY KEY, paid BIGINT NOT NULL)",
		"CREATE TABLE customer (warehouse INT, id INT, name VARCHAR(40), paid BIGINT NOT NULL,"
			+ " owes BIGINT NOT NULL, PRIMARY KEY (warehouse, id))",
		"CREATE TABLE item (warehouse INT, id INT, price INT NOT NULL, stock INT NOT NULL,"
			+ " PRIMARY KEY (warehouse, id))",
		"CREATE TABLE orders (warehouse INT, number BIGINT, customer INT, lines INT NOT NULL,"
			+ " delivered BOOLEAN NOT NULL, PRIMARY KEY (warehouse, number))",
		"CREATE INDEX orders_of ON orders (warehouse, customer, number)",
		"CREATE TABLE line (warehouse INT, number BIGINT, line INT, item INT, count INT, amount BIGINT,"
			+ " PRIMARY KEY (warehouse, number, line))",
	};
	/** What it does, and how many of 100: the mix of TPC-C, clause 5.2.3. */
	static final String[] KINDS = { "order", "payment", "status", "delivery", "stock" };
	private static final int[] SHARE = { 45, 43, 4, 4, 4 };
	private static final int CUSTOMERS = 300, ITEMS = 1000, DELIVERED_AT_ONCE = 10;
	/** How many orders are kept, the newest: so that memory does not grow with speed. */
	private static final int KEPT = 2000;

	final long[] perSecond, kinds = new long[KINDS.length];
	final Latencies latencies = new Latencies();
	long orders, dropped, paid;
	Exception failure;

	private final int id, warmup, seconds;
	private final CountDownLatch filled, go;
	private final Random random;
	private Connection db;
	private long delivered;

	Warehouse(int id, int warmup, int seconds, CountDownLatch filled, CountDownLatch go) {
		this.id = id;
		this.warmup = warmup;
		this.seconds = seconds;
		this.filled = filled;
		this.go = go;
		perSecond = new long[seconds];
		random = new Random(id);
	}

	@Override
	public void run() {
		try (Connection mine = DriverManager.getConnection(Server.URL)) {
			db = mine;
			db.setAutoCommit(false);
			fill();
			filled.countDown();
			go.await();
			serve();
		} catch (SQLException | InterruptedException e) {
			failure = e;
			filled.countDown();
		}
	}

	private int update(String sql, Object... values) throws SQLException {
		try (PreparedStatement s = db.prepareStatement(sql)) {
			for (int i = 0; i < values.length; i++)
				s.setObject(i + 1, values[i]);
			return s.executeUpdate();
		}
	}

	/** The first column of the first row, 0 where there is none. */
	private long query(String sql, Object... values) throws SQLException {
		try (PreparedStatement s = db.prepareStatement(sql)) {
			for (int i = 0; i < values.length; i++)
				s.setObject(i + 1, values[i]);
			try (ResultSet r = s.executeQuery()) {
				return r.next() ? r.getLong(1) : 0;
			}
		}
	}

	private void fill() throws SQLException {
		update("INSERT INTO warehouse VALUES (?, 0)", id);
		for (int c = 0; c < CUSTOMERS; c++)
			update("INSERT INTO customer VALUES (?, ?, ?, 0, 0)", id, c, "customer " + c);
		for (int i = 0; i < ITEMS; i++)
			update("INSERT INTO item VALUES (?, ?, ?, ?)", id, i, 100 + random.nextInt(9900), 100);
		db.commit();
	}

	private void serve() throws SQLException {
		long start = System.nanoTime() + warmup * 1_000_000_000L;
		long end = start + seconds * 1_000_000_000L;

		for (long before = System.nanoTime(), after; before < end; before = after) {
			int kind = transaction();

			after = System.nanoTime();
			if (before < start || after >= end)
				continue;
			latencies.add(after - before);
			kinds[kind]++;
			perSecond[(int) ((after - start) / 1_000_000_000L)]++;
		}
	}

	/** Does one, of a kind that it returns. */
	private int transaction() throws SQLException {
		int kind = 0;

		for (int left = random.nextInt(100); left >= SHARE[kind]; kind++)
			left -= SHARE[kind];
		switch (kind) {
		case 0:
			order();
			break;
		case 1:
			payment();
			break;
		case 2:
			status();
			break;
		case 3:
			delivery();
			break;
		default:
			stock();
		}
		db.commit();
		return kind;
	}

	private void order() throws SQLException {
		int customer = random.nextInt(CUSTOMERS), lines = 5 + random.nextInt(11);
		long total = 0;

		update("INSERT INTO orders VALUES (?, ?, ?, ?, FALSE)", id, orders, customer, lines);
		for (int l = 0; l < lines; l++) {
			int item = random.nextInt(ITEMS), count = 1 + random.nextInt(10);
			long amount = count * query("SELECT price FROM item WHERE warehouse = ? AND id = ?", id, item);

			update("UPDATE item SET stock = CASE WHEN stock >= ? + 10 THEN stock - ? ELSE stock - ? + 91"
				+ " END WHERE warehouse = ? AND id = ?", count, count, count, id, item);
			update("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?)", id, orders, l, item, count, amount);
			total += amount;
		}
		update("UPDATE customer SET owes = owes + ? WHERE warehouse = ? AND id = ?", total, id, customer);
		orders++;
		if (orders - dropped > KEPT)
			drop();
	}

	/** Forgets the oldest order. */
	private void drop() throws SQLException {
		update("DELETE FROM line WHERE warehouse = ? AND number = ?", id, dropped);
		update("DELETE FROM orders WHERE warehouse = ? AND number = ?", id, dropped);
		dropped++;
		delivered = Math.max(delivered, dropped);
	}

	private void payment() throws SQLException {
		long amount = 100 + random.nextInt(500_000);

		update("UPDATE warehouse SET paid = paid + ? WHERE id = ?", amount, id);
		update("UPDATE customer SET paid = paid + ?, owes = owes - ? WHERE warehouse = ? AND id = ?", amount,
			amount, id, random.nextInt(CUSTOMERS));
		paid += amount;
	}

	private void status() throws SQLException {
		int customer = random.nextInt(CUSTOMERS);
		long number = query("SELECT MAX(number) FROM orders WHERE warehouse = ? AND customer = ?", id,
			customer);

		query("SELECT SUM(amount) FROM line WHERE warehouse = ? AND number = ?", id, number);
	}

	private void delivery() throws SQLException {
		for (int i = 0; i < DELIVERED_AT_ONCE && delivered < orders; i++, delivered++)
			update("UPDATE orders SET delivered = TRUE WHERE warehouse = ? AND number = ?", id, delivered);
	}

	private void stock() throws SQLException {
		query("SELECT COUNT(DISTINCT l.item) FROM line l JOIN item i ON i.warehouse = l.warehouse AND"
			+ " i.id = l.item WHERE l.warehouse = ? AND l.number >= ? AND i.stock < 20", id,
			Math.max(0, orders - 20));
	}
}
