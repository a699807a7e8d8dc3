"""The words of which the seeded company is made: places, streets, trades, people, goods.

Data only. The names carry what real ones carry, macrons and apostrophes included; places and postcodes are real,
people, companies and numbers are invented, and every e-mail ends in the reserved domain `.example`.
"""

# Town, region, postcode, telephone area.
TOWNS = (
    ("Auckland", "Auckland", "1010", "9"),
    ("Takapuna", "Auckland", "0622", "9"),
    ("Whangārei", "Northland", "0110", "9"),
    ("Hamilton", "Waikato", "3204", "7"),
    ("Tauranga", "Bay of Plenty", "3110", "7"),
    ("Rotorua", "Bay of Plenty", "3010", "7"),
    ("Taupō", "Waikato", "3330", "7"),
    ("Gisborne", "Gisborne", "4010", "6"),
    ("Napier", "Hawke's Bay", "4110", "6"),
    ("New Plymouth", "Taranaki", "4310", "6"),
    ("Whanganui", "Manawatū-Whanganui", "4500", "6"),
    ("Palmerston North", "Manawatū-Whanganui", "4410", "6"),
    ("Wellington", "Wellington", "6011", "4"),
    ("Lower Hutt", "Wellington", "5010", "4"),
    ("Nelson", "Nelson", "7010", "3"),
    ("Blenheim", "Marlborough", "7201", "3"),
    ("Christchurch", "Canterbury", "8011", "3"),
    ("Timaru", "Canterbury", "7910", "3"),
    ("Dunedin", "Otago", "9016", "3"),
    ("Queenstown", "Otago", "9300", "3"),
    ("Invercargill", "Southland", "9810", "3"),
)

STREETS = (
    "Queen Street", "Victoria Street", "Moorhouse Avenue", "Cameron Road", "Lambton Quay", "Tory Street",
    "Great South Road", "Ponsonby Road", "Kāpiti Road", "Cuba Street", "Riccarton Road", "Princes Street",
    "Tay Street", "Devon Street East", "Marine Parade", "Fenton Street", "Trafalgar Street", "Manukau Road",
    "Hereford Street", "Karangahape Road", "St Andrew's Terrace", "Stafford Street",
)  # fmt: skip

PLACES = (
    "Aotea", "Waimakariri", "Kahurangi", "Harbour", "Southern Alps", "Ōtautahi", "Pegasus", "Tasman", "Kaikōura",
    "Port Hills", "Remarkables", "Waitematā", "Northland", "Coromandel", "Rimutaka", "Manawatū", "Ōamaru", "Catlins",
    "Tongariro", "Wairarapa", "Marlborough", "Fiordland", "Golden Bay", "Banks Peninsula", "Māpua", "Rangitoto",
    "Hauraki", "Waikato", "Taranaki", "Southland", "Akaroa", "Wānaka",
)  # fmt: skip

TRADES = (
    "Accountants", "Architects", "Automotive", "Bakery", "Books", "Brewing", "Builders", "Cabinetmakers",
    "Chiropractic", "Cleaning", "Conveyancing", "Couriers", "Dairy", "Design Studio", "Early Learning",
    "Electrical", "Events", "Farms", "Fisheries", "Flooring", "Forestry", "Freight", "Furniture", "Glass",
    "Health Centre", "Homes", "Insurance Brokers", "Joinery", "Landscapes", "Law", "Logistics", "Medical",
    "Optometrists", "Orchards", "Pharmacy", "Physiotherapy", "Plumbing", "Property", "Real Estate", "Recruitment",
    "Roofing", "Security", "Software", "Surveyors", "Tourism", "Travel", "Veterinary", "Vineyards",
)  # fmt: skip

SUPPLIES = (
    "Paper Mills", "Stationery Wholesale", "Print Supplies", "Packaging", "Office Imports", "Timber", "Plastics",
    "Toner Depot", "Label Works", "Pens & Inks", "Binding Supplies", "Warehousing",
)  # fmt: skip

FIRST_NAMES = (
    "Aroha", "Mere", "Hēmi", "Wiremu", "Tāne", "Ngaire", "Rāwiri", "Kiri", "Anahera", "Tamati", "Olivia", "Jack",
    "Charlotte", "Oliver", "Amelia", "George", "Isla", "Thomas", "Sophie", "William", "Priya", "Arjun", "Mei", "Wei",
    "Sione", "Lupe", "Siân", "Zoë", "François", "Jürgen", "María", "Niamh", "Fatima", "Yusuf", "Ingrid", "Luka",
)  # fmt: skip

SURNAMES = (
    "Tamihana", "Ngata", "Parata", "Pōtae", "Wīhongi", "Tūhoe", "Rangihuna", "Smith", "Wilson", "Brown", "Taylor",
    "Anderson", "Thompson", "Walker", "Robinson", "Clarke", "Mitchell", "Campbell", "Stewart", "Fraser", "McKenzie",
    "MacDonald", "O'Connor", "O'Neill", "D'Souza", "Patel", "Singh", "Kumar", "Sharma", "Chen", "Wang", "Li", "Zhang",
    "Nguyen", "Kim", "Tanaka", "Tuilagi", "Fonoti", "Taufa", "Leota", "Müller", "Schröder", "Nuñez", "Fernández",
    "Larsen", "Sørensen", "Novák", "Kowalski", "Van der Merwe", "Visser", "Gallagher", "Hughes", "Ellis", "Baxter",
    "Holloway", "Prescott", "Whitmore", "Ashworth", "Penrose", "Hargreaves", "Sinclair", "Drummond", "Lockhart",
    "Pemberton", "Radcliffe", "Thorne", "Winslow", "Yates", "Barlow", "Cresswell",
)  # fmt: skip

TITLES = ("Office Manager", "Accounts Payable", "Director", "Practice Manager", "Buyer", "Receptionist", "Owner")

# Code, name, net sales price, net purchase price. Codes fit into Xero's 30 characters.
GOODS = (
    ("PAP-A4-80", "Copy paper A4 80 gsm, ream", "8.90", "5.20"),
    ("PAP-A3-80", "Copy paper A3 80 gsm, ream", "18.50", "11.75"),
    ("PAP-A4-REC", "Recycled paper A4, ream", "10.20", "6.40"),
    ("PEN-BLU-12", "Ballpoint pens blue, box of 12", "6.40", "2.95"),
    ("PEN-BLK-12", "Ballpoint pens black, box of 12", "6.40", "2.95"),
    ("PEN-GEL-10", "Gel pens assorted, pack of 10", "14.90", "7.80"),
    ("NOTE-A5", "Notebook A5 ruled", "5.80", "2.60"),
    ("NOTE-A4", "Notebook A4 ruled", "8.20", "3.90"),
    ("STKY-76", "Sticky notes 76 x 76 mm, 12 pads", "16.00", "8.10"),
    ("FOLD-MAN", "Manila folders, box of 100", "32.00", "18.40"),
    ("RING-A4", "Ring binder A4, 4 rings", "7.50", "3.35"),
    ("LEVR-A4", "Lever arch file A4", "6.90", "3.10"),
    ("STPL-HD", "Heavy duty stapler", "64.00", "38.50"),
    ("STPL-26", "Staples 26/6, box of 5000", "4.20", "1.60"),
    ("SCIS-20", "Scissors 20 cm", "9.80", "4.75"),
    ("TAPE-18", "Clear tape 18 mm, 8 rolls", "12.40", "6.20"),
    ("ENV-DLE", "Envelopes DLE window, box of 500", "46.00", "27.30"),
    ("ENV-C4", "Envelopes C4, box of 250", "58.00", "33.90"),
    ("TON-26A", "Toner cartridge 26A black", "168.00", "121.00"),
    ("TON-26X", "Toner cartridge 26X high yield", "264.00", "196.00"),
    ("CHR-MESH", "Mesh task chair", "320.00", "205.00"),
    ("DESK-1500", "Electric standing desk 1500 mm", "890.00", "612.00"),
    ("LAMP-LED", "LED desk lamp", "74.00", "41.20"),
    ("WB-1200", "Whiteboard 1200 x 900 mm", "145.00", "88.00"),
    ("WBM-4", "Whiteboard markers, pack of 4", "11.60", "5.30"),
    ("SHRED-C", "Cross cut shredder", "289.00", "190.00"),
    ("CALC-DSK", "Desktop calculator", "38.00", "21.50"),
    ("BIN-PED", "Pedal bin 20 litres", "52.00", "30.10"),
)

SERVICES = (
    ("FREIGHT-NI", "Freight, North Island", "12.50"),
    ("FREIGHT-SI", "Freight, South Island", "14.50"),
    ("INSTALL", "Furniture assembly on site, per hour", "85.00"),
    ("ENGRAVE", "Engraving, per line", "9.50"),
    ("DESIGN", "Stationery design, per hour", "95.00"),
    ("RECYCLE", "Toner recycling box", "18.00"),
    ("RUSH", "Same day delivery", "35.00"),
    ("STORAGE", "Archive storage, per box and month", "4.80"),
)

COLOURS = ("Red", "Blue", "Green", "Black", "White", "Grey", "Teal", "Orange", "Kōwhai", "Charcoal")
THINGS = ("document wallet", "desk tidy", "clipboard", "storage box", "display folder", "highlighter", "paper tray")
