using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.Data;

/// <summary>SQLite in a file. Every statement is a span of <see cref="SpanSource"/>, as libraries for other databases make them; Barograph's client makes a metric of those.</summary>
internal sealed class ShopDatabase
{
    public const string SpanSource = "Shop.Database";

    static readonly ActivitySource Spans = new(SpanSource);

    readonly string _connectionString;

    public ShopDatabase(ShopOptions options)
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(options.Data);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.Data, "shop.db") }.ToString();
        Execute("PRAGMA", "settings", "PRAGMA journal_mode = WAL");
        Execute("CREATE", "schema", """
            CREATE TABLE IF NOT EXISTS products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, cents INTEGER NOT NULL, stock INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS products_by_category ON products (category);
            CREATE TABLE IF NOT EXISTS orders (
              id TEXT PRIMARY KEY, customer TEXT NOT NULL, cents INTEGER NOT NULL, items INTEGER NOT NULL, card_country TEXT NOT NULL, country TEXT NOT NULL,
              card TEXT NOT NULL, email TEXT NOT NULL, status TEXT NOT NULL, placed_ms INTEGER NOT NULL, fraud INTEGER, earlier_orders INTEGER NOT NULL, sold INTEGER NOT NULL DEFAULT 0);
            CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer);
            CREATE INDEX IF NOT EXISTS orders_unsold ON orders (sold, placed_ms);
            CREATE TABLE IF NOT EXISTS order_items (order_id TEXT NOT NULL, product_id INTEGER NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS items_by_order ON order_items (order_id);
            CREATE TABLE IF NOT EXISTS sales (day INTEGER NOT NULL, category TEXT NOT NULL, items INTEGER NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY (day, category));
            """);
    }

    /// <summary>Changes something; says how many rows it touched.</summary>
    public int Execute(string operation, string table, string sql, params (string Name, object Value)[] parameters) =>
        Do(operation, table, sql, parameters, static command => command.ExecuteNonQuery());

    /// <summary>Reads rows.</summary>
    public List<T> Query<T>(string table, string sql, Func<SqliteDataReader, T> row, params (string Name, object Value)[] parameters) =>
        Do("SELECT", table, sql, parameters, command =>
        {
            var rows = new List<T>();
            using var reader = command.ExecuteReader();
            while (reader.Read())
                rows.Add(row(reader));
            return rows;
        });

    /// <summary>Does several statements as one: all of them or none.</summary>
    public void Together(string operation, string table, IEnumerable<(string Sql, (string Name, object Value)[] Parameters)> statements) =>
        Do(operation, table, "", [], command =>
        {
            using var transaction = command.Connection!.BeginTransaction();
            foreach (var (sql, parameters) in statements)
            {
                using var statement = Prepare(command.Connection, sql, parameters);
                statement.Transaction = transaction;
                statement.ExecuteNonQuery();
            }

            transaction.Commit();
            return 0;
        });

    T Do<T>(string operation, string table, string sql, (string Name, object Value)[] parameters, Func<SqliteCommand, T> use)
    {
        using var span = Spans.StartActivity($"{operation} {table}", ActivityKind.Client);
        span?.SetTag("db.system.name", "sqlite").SetTag("db.namespace", "shop").SetTag("db.operation.name", operation).SetTag("db.collection.name", table);
        try
        {
            using var connection = new SqliteConnection(_connectionString);
            connection.Open();
            using var command = Prepare(connection, sql, parameters);
            return use(command);
        }
        catch (SqliteException failure)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", $"sqlite_{failure.SqliteErrorCode}");
            throw;
        }
    }

    static SqliteCommand Prepare(SqliteConnection connection, string sql, (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }
}

/// <summary>Healthy when the database answers.</summary>
internal sealed class DatabaseHealth(ShopDatabase database) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        database.Query("products", "SELECT 1", static row => row.GetInt32(0));
        return Task.FromResult(HealthCheckResult.Healthy());
    }
}
