namespace Shop.Data;

internal sealed record Product(int Id, string Name, string Category, int Cents, int Stock);

/// <summary>What the shop sells: 240 products, made of words, always the same.</summary>
internal sealed class Catalogue
{
    public static readonly string[] Categories = ["barometers", "thermometers", "hygrometers", "anemometers", "telescopes", "clocks"];

    public static readonly string[] Materials = ["brass", "oak", "steel", "walnut", "glass", "copper", "ebony", "nickel"];

    static readonly string[] Styles = ["pocket", "marine", "wall", "desk", "travel"];

    readonly ShopDatabase _database;

    public Catalogue(ShopDatabase database)
    {
        _database = database;
        if (database.Query("products", "SELECT count(*) FROM products", static row => row.GetInt32(0))[0] == 0)
            database.Together("INSERT", "products", Inventory().Select(static product => ("INSERT INTO products VALUES ($id, $name, $category, $cents, $stock)",
                new (string, object)[] { ("$id", product.Id), ("$name", product.Name), ("$category", product.Category), ("$cents", product.Cents), ("$stock", product.Stock) })));
    }

    public List<Product> Browse(string category, int page) =>
        _database.Query("products", "SELECT * FROM products WHERE category = $category ORDER BY id LIMIT 20 OFFSET $skip", Row, ("$category", category), ("$skip", page * 20));

    public List<Product> Search(string words) =>
        _database.Query("products", "SELECT * FROM products WHERE name LIKE $words ORDER BY cents LIMIT 20", Row, ("$words", $"%{words.Replace(' ', '%')}%"));

    public Product? Find(int id) => _database.Query("products", "SELECT * FROM products WHERE id = $id", Row, ("$id", id)).SingleOrDefault();

    /// <summary>Takes items from the shelf; false when there are not enough.</summary>
    public bool TryTake(int id, int quantity) =>
        _database.Execute("UPDATE", "products", "UPDATE products SET stock = stock - $quantity WHERE id = $id AND stock >= $quantity", ("$id", id), ("$quantity", quantity)) == 1;

    /// <summary>Fills the shelves.</summary>
    public void Restock() => _database.Execute("UPDATE", "products", "UPDATE products SET stock = stock + 12 WHERE stock < 6");

    static Product Row(Microsoft.Data.Sqlite.SqliteDataReader row) => new(row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt32(4));

    static IEnumerable<Product> Inventory()
    {
        var random = new Random(1);
        var id = 0;
        foreach (var category in Categories)
        {
            foreach (var material in Materials)
            {
                foreach (var style in Styles)
                    yield return new(++id, $"{style} {category[..^1]} in {material}", category, Price(random), random.Next(10, 60));
            }
        }

        static int Price(Random random) => (int)(1_500 * Math.Pow(60, random.NextDouble())); // 15 € to 900 €, most of them cheap
    }
}
