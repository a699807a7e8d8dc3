"""The modules of the sandbox's organisation and their fields, as data.

Names, types and lengths are those of a fresh organisation (recordings and facts/zoho.md 3.6); the section
"xero2zoho Application" and a few more custom fields are in place already.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.zoho.schema import Field, Module

APPLICATION = "xero2zoho Application"
NONE = "-None-"
THEMES = ("Standard", "Retail", "Trade")


def text(name: str, length: int = 100, label: str = "", *, mandatory: bool = False) -> Field:
    return Field(name, "text", label=label, length=length, mandatory=mandatory)


def area(name: str, length: int = 32000) -> Field:
    return Field(name, "textarea", length=length)


def phone(name: str) -> Field:
    return Field(name, "phone", length=30)


def email(name: str) -> Field:
    return Field(name, "email", length=100)


def website(name: str, length: int = 450) -> Field:
    return Field(name, "website", length=length)


def choice(name: str, *values: str, label: str = "") -> Field:
    return Field(name, "picklist", label=label, length=120, picklist=(NONE, *values))


def money(name: str, label: str = "", *, read_only: bool = False) -> Field:
    return Field(name, "currency", label=label, length=16, decimals=2, read_only=read_only)


def number(name: str, data_type: str = "double", decimals: int = 2) -> Field:
    return Field(name, data_type, length=16, decimals=decimals)


def whole(name: str, label: str = "") -> Field:
    return Field(name, "integer", label=label, length=9)


def tick(name: str, label: str = "") -> Field:
    return Field(name, "boolean", label=label, length=5)


def day(name: str) -> Field:
    return Field(name, "date", length=20)


def lookup(name: str, module: str, label: str = "", *, mandatory: bool = False) -> Field:
    return Field(name, "lookup", label=label, length=120, lookup=module, mandatory=mandatory)


def address(prefix: str, code: str = "Code") -> tuple[Field, ...]:
    parts = ("Street", "City", "State", code, "Country")
    lengths = (250, 100, 100, 30, 100)
    return tuple(text(f"{prefix}{part}", length) for part, length in zip(parts, lengths, strict=True))


def custom(*fields: Field, section: str = "") -> tuple[Field, ...]:
    return tuple(replace(entry, custom=True, section=section) for entry in fields)


SYSTEM = (
    Field("Owner", "ownerlookup", length=120),
    Field("Created_By", "ownerlookup", length=120, read_only=True),
    Field("Modified_By", "ownerlookup", length=120, read_only=True),
    Field("Created_Time", "datetime", length=120, read_only=True),
    Field("Modified_Time", "datetime", length=120, read_only=True),
    Field("Last_Activity_Time", "datetime", length=120, read_only=True),
    Field("Tag", "text", length=2000, read_only=True),
    Field("Record_Image", "profileimage", length=255, read_only=True),
    Field("Locked__s", "boolean", length=5, read_only=True),
)
ADD_TO_XERO = Field("Add_to_Xero", "boolean", length=5)
XERO_ID = Field("Xero_ID", "text", length=100, unique=True)
PARTY = custom(ADD_TO_XERO, XERO_ID, website("Xero_URL"), section=APPLICATION)
DOCUMENT = custom(
    ADD_TO_XERO,
    XERO_ID,
    text("Xero_Invoice_No", label="Xero Invoice No."),
    website("Xero_Invoice_URL"),
    choice("Branding_Theme", *THEMES),
    section=APPLICATION,
)
CURRENCY = (
    Field("Currency", "picklist", length=120),
    Field("Exchange_Rate", "double", label="Exchange Rate", length=20, decimals=9),
)
"""Present in every module, but only while multi-currency is on (facts/zoho.md 3.6)."""

TOTALS = (
    money("Sub_Total", read_only=True),
    money("Discount"),
    money("Tax"),
    money("Adjustment"),
    money("Grand_Total", read_only=True),
    area("Terms_and_Conditions"),
    area("Description"),
)


def items(name: str) -> Field:
    return Field(name, "subform", label=name.replace("_", " "), mandatory=True)


MODULES = (
    Module(
        "Leads", "Lead", 1, "Full_Name", "Email",
        (
            text("Company", 200), choice("Salutation", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof."), text("First_Name", 40),
            text("Last_Name", 80, mandatory=True), Field("Full_Name", "text", length=80, read_only=True),
            text("Designation", 100), email("Email"), email("Secondary_Email"), phone("Phone"), phone("Mobile"),
            phone("Fax"), website("Website"), choice("Lead_Source", "Advertisement", "Cold Call", "Web Download"),
            choice("Lead_Status", "Attempted to Contact", "Contacted", "Lost Lead", "Not Contacted"),
            choice("Industry", "ERP", "Large Enterprise", "Manufacturing"), whole("No_of_Employees"),
            money("Annual_Revenue"), choice("Rating", "Acquired", "Active"), tick("Email_Opt_Out"),
            text("Skype_ID", 50), text("Twitter", 50), *address("", "Zip_Code"), area("Description"), *SYSTEM,
        ),
    ),
    Module(
        "Accounts", "Account", 2, "Account_Name", "Account_Name",
        (
            text("Account_Name", 200, mandatory=True), phone("Phone"), text("Account_Site", 80), phone("Fax"),
            lookup("Parent_Account", "Accounts"), website("Website", 255), text("Account_Number", 40),
            text("Ticker_Symbol", 30), choice("Account_Type", "Analyst", "Customer", "Distributor", "Partner", "Other"),
            choice("Ownership", "Other", "Private", "Public", "Subsidiary"),
            choice("Industry", "Communications", "Education", "Government/Military", "Manufacturing", "Retail"),
            whole("Employees"), money("Annual_Revenue"), whole("SIC_Code"),
            choice("Rating", "Acquired", "Active", "Market Failed", "Project Cancelled", "Shut Down"),
            *address("Billing_"), *address("Shipping_"), area("Description"), *SYSTEM,
            *custom(text("Tax_Number", 50)), *PARTY,
        ),
    ),
    Module(
        "Contacts", "Contact", 3, "Full_Name", "Email",
        (
            choice("Salutation", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof."), text("First_Name", 40),
            text("Last_Name", 80, mandatory=True), Field("Full_Name", "text", length=80, read_only=True),
            lookup("Account_Name", "Accounts"), lookup("Vendor_Name", "Vendors"), email("Email"),
            email("Secondary_Email"), text("Title", 100), text("Department", 50), phone("Phone"), phone("Mobile"),
            phone("Home_Phone"), phone("Other_Phone"), phone("Fax"), text("Assistant", 50), phone("Asst_Phone"),
            day("Date_of_Birth"), lookup("Reporting_To", "Contacts"), tick("Email_Opt_Out"), text("Skype_ID", 50),
            text("Twitter", 50), choice("Lead_Source", "Advertisement", "Cold Call", "Partner", "Web Download"),
            *address("Mailing_", "Zip"), *address("Other_", "Zip"), area("Description"), *SYSTEM, *PARTY,
        ),
    ),
    Module(
        "Deals", "Deal", 4, "Deal_Name", "Deal_Name",
        (
            text("Deal_Name", 120, mandatory=True), lookup("Account_Name", "Accounts"),
            lookup("Contact_Name", "Contacts"), money("Amount"), day("Closing_Date"),
            choice("Stage", "Qualification", "Negotiation/Review", "Closed Won", "Closed Lost"),
            choice("Type", "Existing Business", "New Business"), whole("Probability"), money("Expected_Revenue"),
            choice("Lead_Source", "Advertisement", "Cold Call", "Web Download"), text("Next_Step", 100),
            Field("Campaign_Source", "text", length=120, read_only=True), choice("Reason_For_Loss__s"),
            Field("Lead_Conversion_Time", "double", length=16, read_only=True),
            Field("Sales_Cycle_Duration", "double", length=16, read_only=True),
            Field("Overall_Sales_Duration", "double", length=16, read_only=True), area("Description"),
            *(entry for entry in SYSTEM if entry.api_name != "Record_Image"),
        ),
    ),
    Module(
        "Vendors", "Vendor", 5, "Vendor_Name", "Vendor_Name",
        (
            text("Vendor_Name", 200, mandatory=True), phone("Phone"), email("Email"), website("Website"),
            choice("GL_Account", "Sales-Software", "Sales-Hardware", "Rental Income"), text("Category", 50),
            *address("", "Zip_Code"), area("Description"), *SYSTEM, *custom(text("Tax_Number", 50)), *PARTY,
        ),
    ),
    Module(
        "Products", "Product", 6, "Product_Name", "Product_Name",
        (
            text("Product_Name", 200, mandatory=True), text("Product_Code", 40), lookup("Vendor_Name", "Vendors"),
            tick("Product_Active"), choice("Manufacturer", "AltvetPet Inc.", "LexPon Inc.", "MetBeat Corp."),
            choice("Product_Category", "Hardware", "Software", "CRM Applications"), day("Sales_Start_Date"),
            day("Sales_End_Date"), day("Support_Start_Date"), day("Support_Expiry_Date"), money("Unit_Price"),
            money("Commission_Rate"), Field("Tax", "tax_set", length=2000), tick("Taxable"),
            choice("Usage_Unit", "Box", "Carton", "Dozen", "Each", "Hours", "Lb", "Pack", "Pieces", "Quantity"),
            number("Qty_Ordered"), number("Qty_in_Stock", decimals=4), number("Reorder_Level"),
            Field("Handler", "userlookup", length=120), number("Qty_in_Demand"), area("Description"), *SYSTEM,
            *custom(
                money("Purchase_Price"), text("Sales_Account"), text("Purchase_Account"),
                area("Purchase_Description", 2000),
            ),
            *PARTY,
        ),
    ),
    Module(
        "Quotes", "Quote", 7, "Subject", "Subject",
        (
            Field("Quote_Number", "autonumber", length=80, read_only=True), text("Subject", 120, mandatory=True),
            lookup("Deal_Name", "Deals"), lookup("Account_Name", "Accounts"), lookup("Contact_Name", "Contacts"),
            day("Valid_Till"), choice("Quote_Stage", "Draft", "Delivered", "Closed Won", "Closed Lost"),
            items("Quoted_Items"), *TOTALS, *SYSTEM,
        ),
        items="Quoted_Items",
    ),
    Module(
        "Sales_Orders", "Sales Order", 8, "Subject", "Subject",
        (
            Field("SO_Number", "autonumber", length=80, read_only=True), text("Subject", 120, mandatory=True),
            lookup("Quote_Name", "Quotes"), lookup("Account_Name", "Accounts"), lookup("Contact_Name", "Contacts"),
            day("Due_Date"), choice("Status", "Created", "Approved", "Delivered", "Cancelled"),
            items("Ordered_Items"), *TOTALS, *SYSTEM,
        ),
        items="Ordered_Items",
    ),
    Module(
        "Purchase_Orders", "Purchase Order", 9, "Subject", "Subject",
        (
            text("PO_Number", 50, "PO Number"), text("Subject", 120, mandatory=True),
            lookup("Vendor_Name", "Vendors", mandatory=True), text("Requisition_No", 50), text("Tracking_Number", 50),
            lookup("Contact_Name", "Contacts"), day("PO_Date"), day("Due_Date"),
            choice("Carrier", "FedEX", "UPS", "USPS", "DHL"), money("Excise_Duty"), money("Sales_Commission"),
            choice("Status", "Created", "Approved", "Delivered", "Cancelled"), *address("Billing_"),
            *address("Shipping_"), items("Purchase_Items"), *TOTALS, *SYSTEM, *DOCUMENT,
        ),
        items="Purchase_Items",
    ),
    Module(
        "Invoices", "Invoice", 10, "Subject", "Subject",
        (
            Field("Invoice_Number", "autonumber", length=80, read_only=True), text("Subject", 120, mandatory=True),
            lookup("Sales_Order", "Sales_Orders"), lookup("Deal_Name__s", "Deals", "Deal Name"),
            text("Purchase_Order", 50), day("Invoice_Date"), day("Due_Date"), money("Excise_Duty"),
            money("Sales_Commission"),
            choice("Status", "Created", "Approved", "Delivered", "Cancelled", "Draft", "Sent", "Paid", "Voided"),
            lookup("Account_Name", "Accounts", mandatory=True), lookup("Contact_Name", "Contacts"),
            *address("Billing_"), *address("Shipping_"), items("Invoiced_Items"), *TOTALS, *SYSTEM, *DOCUMENT,
        ),
        items="Invoiced_Items",
    ),
)  # fmt: skip

BY_NAME = {module.api_name: module for module in MODULES}
STOCKED = {"Invoices": "Qty_in_Stock", "Purchase_Orders": "Qty_Ordered"}
"""Which quantity of a product a document moves: an invoice takes from stock, an order adds to what is ordered."""

ITEM_FIELDS = (
    lookup("Product_Name", "Products", mandatory=True),
    Field("Quantity", "double", length=16, decimals=4, mandatory=True),
    Field("List_Price", "currency", length=16, decimals=4),
    money("Total", read_only=True),
    money("Discount"),
    money("Total_After_Discount", "Total After Discount", read_only=True),
    money("Tax", read_only=True),
    money("Net_Total", "Net Total", read_only=True),
    area("Description", 2000),
    Field("Line_Tax", "line_tax", length=2000),
    Field("Price_Book_Name", "text", length=120, read_only=True),
    Field("Sequence_Number", "integer", label="S.NO", length=9, read_only=True),
    Field("Parent_Id", "lookup", length=120, read_only=True),
)
"""The fields of a line item, the same in all four subforms."""
