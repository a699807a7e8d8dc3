"""What an organisation has before anybody sells anything: its own row, accounts, tax rates, themes, currencies, users.

The rows are in native read shape, with times as aware datetimes. Ids are derived from names, so that they are the
same in every sandbox and a mapping made once keeps fitting.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

from sandbox.xero.tables import Row

FOUNDED = datetime(2024, 3, 4, 21, 15, 7, 413000, tzinfo=UTC)
NAMESPACE = uuid.UUID("5f3a5a0e-6f0c-4f37-9a5e-0d6f2f6f7a11")

CLASSES = {
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "INVENTORY": "ASSET",
    "FIXED": "ASSET",
    "CURRLIAB": "LIABILITY",
    "EQUITY": "EQUITY",
}

# code, name, type, default tax, system account, status
ACCOUNTS = (
    ("090", "Business Bank Account", "BANK", "NONE", "", "ACTIVE"),
    ("200", "Sales", "REVENUE", "OUTPUT2", "", "ACTIVE"),
    ("210", "Sales - Discontinued Ranges", "REVENUE", "OUTPUT2", "", "ARCHIVED"),
    ("260", "Other Revenue", "REVENUE", "OUTPUT2", "", "ACTIVE"),
    ("300", "Purchases", "DIRECTCOSTS", "INPUT2", "", "ACTIVE"),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "INPUT2", "", "ACTIVE"),
    ("404", "Bank Fees", "EXPENSE", "NONE", "", "ACTIVE"),
    ("425", "Freight & Courier", "EXPENSE", "INPUT2", "", "ACTIVE"),
    ("610", "Accounts Receivable", "CURRENT", "NONE", "DEBTORS", "ACTIVE"),
    ("800", "Accounts Payable", "CURRLIAB", "NONE", "CREDITORS", "ACTIVE"),
    ("820", "GST", "CURRLIAB", "NONE", "GST", "ACTIVE"),
    ("860", "Rounding", "CURRLIAB", "NONE", "ROUNDING", "ACTIVE"),
)

# name, code, report type, percent, may apply to: assets, equity, expenses, liabilities, revenue
TAX_RATES = (
    ("15% GST on Income", "OUTPUT2", "OUTPUT", "15", "AELR"),
    ("15% GST on Expenses", "INPUT2", "INPUT", "15", "AEXL"),
    ("Zero Rated", "ZERORATED", "OUTPUT", "0", "LR"),
    ("No GST", "NONE", "NONE", "0", "AEXLR"),
    ("GST on Imports", "GSTONIMPORTS", "GSTONIMPORTS", "0", "L"),
    ("GST Half", "TAX001", "OUTPUT", "7.5", "AEXLR"),
)
APPLIES = {"Assets": "A", "Equity": "E", "Expenses": "X", "Liabilities": "L", "Revenue": "R"}
APPLIES_TO_CLASS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}

CURRENCY_NAMES = {"NZD": "New Zealand Dollar", "AUD": "Australian Dollar", "USD": "United States Dollar"}
DAY_RATES = {"NZD": Decimal("1.000000"), "AUD": Decimal("0.918400"), "USD": Decimal("0.601300")}


def stable_id(*names: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "/".join(names)))


def organisation(name: str, short_code: str) -> Row:
    """The row of GET /Organisation; the zone is spelt as the real service spells it."""
    return {
        "Name": name,
        "LegalName": name,
        "PaysTax": True,
        "Version": "NZ",
        "OrganisationType": "COMPANY",
        "BaseCurrency": "NZD",
        "CountryCode": "NZ",
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "TaxNumber": "101-202-303",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "PAYMENTS",
        "SalesTaxPeriod": "TWOMONTHS",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": FOUNDED,
        "OrganisationEntityType": "COMPANY",
        "Timezone": "NEWZEALANDSTANDARDTIME",
        "ShortCode": short_code,
        "OrganisationID": stable_id(short_code, "organisation"),
        "Edition": "BUSINESS",
        "Class": "STANDARD",
        "Addresses": [
            {
                "AddressType": "POBOX",
                "AddressLine1": "12 Quay Street",
                "City": "Auckland",
                "Region": "",
                "PostalCode": "1010",
                "Country": "New Zealand",
                "AttentionTo": "",
            }
        ],
        "Phones": [{"PhoneType": "OFFICE", "PhoneNumber": "555 0100", "PhoneAreaCode": "09"}],
        "ExternalLinks": [],
        "PaymentTerms": {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}},
    }


def accounts(short_code: str) -> list[Row]:
    rows = []
    for code, name, kind, tax, system, status in ACCOUNTS:
        row: Row = {
            "AccountID": stable_id(short_code, "account", code),
            "Code": code,
            "Name": name,
            "Status": status,
            "Type": kind,
            "TaxType": tax,
            "Class": CLASSES[kind],
            "EnablePaymentsToAccount": False,
            "ShowInExpenseClaims": False,
            "ReportingCode": "",
            "HasAttachments": False,
            "UpdatedDateUTC": FOUNDED,
            "AddToWatchlist": False,
        }
        if system:
            row["SystemAccount"] = system
        if kind == "BANK":
            row |= {"BankAccountType": "BANK", "BankAccountNumber": "0209087654321050", "CurrencyCode": "NZD"}
        rows.append(row)
    return rows


def tax_rates() -> list[Row]:
    return [
        {
            "Name": name,
            "TaxType": code,
            "ReportTaxType": report,
            **{f"CanApplyTo{thing}": letter in applies for thing, letter in APPLIES.items()},
            "DisplayTaxRate": Decimal(percent),
            "EffectiveRate": Decimal(percent),
            "Status": "ACTIVE",
            "TaxComponents": [
                {"Name": "GST", "Rate": Decimal(percent), "IsCompound": False, "IsNonRecoverable": False}
            ],
        }
        for name, code, report, percent, applies in TAX_RATES
    ]


def branding_themes(short_code: str) -> list[Row]:
    return [
        {
            "BrandingThemeID": stable_id(short_code, "theme", name),
            "Name": name,
            "LogoUrl": "",
            "Type": "INVOICE",
            "SortOrder": order,
            "CreatedDateUTC": FOUNDED,
        }
        for order, name in enumerate(("Standard", "Harbour Blue"))
    ]


def currencies() -> list[Row]:
    return [{"Code": code, "Description": name} for code, name in CURRENCY_NAMES.items()]


def users(short_code: str) -> list[Row]:
    return [
        {
            "UserID": stable_id(short_code, "user", first),
            "EmailAddress": f"{first.lower()}@harbour-office.example",
            "FirstName": first,
            "LastName": last,
            "UpdatedDateUTC": FOUNDED,
            "IsSubscriber": subscriber,
            "OrganisationRole": role,
        }
        for first, last, subscriber, role in (
            ("Mere", "Parata", True, "STANDARD"),
            ("Owen", "Fraser", False, "FINANCIALADVISER"),
        )
    ]


def tracking_categories(short_code: str) -> list[Row]:
    return [
        {
            "Name": "Region",
            "Status": "ACTIVE",
            "TrackingCategoryID": stable_id(short_code, "tracking", "Region"),
            "Options": [
                {
                    "TrackingOptionID": stable_id(short_code, "tracking", "Region", option),
                    "Name": option,
                    "Status": "ACTIVE",
                    "HasValidationErrors": False,
                    "IsDeleted": False,
                    "IsArchived": False,
                    "IsActive": True,
                }
                for option in ("North", "South")
            ],
        }
    ]


def lock_date(organisation_row: Row) -> date | None:
    """The later of the two lock dates, if any: nothing may be dated on or before it."""
    dates = [organisation_row.get(field) for field in ("PeriodLockDate", "EndOfYearLockDate")]
    return max((day for day in dates if day is not None), default=None)
