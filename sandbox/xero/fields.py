"""The names Xero knows on each kind of record, and the lengths it allows (facts/xero.md 3.9, OpenAPI maxLength).

Used to recognise a field that does not exist: on the way in when the switch says so, and in `where` and `order`.
"""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The words of a text, as a set of names."""
    return frozenset(text.split())


READ_ONLY = names(
    "UpdatedDateUTC UpdatedDateUTCString HasAttachments HasErrors HasValidationErrors ValidationErrors Warnings "
    "StatusAttributeString Attachments"
)

CONTACT = READ_ONLY | names(
    "ContactID MergedToContactID ContactNumber AccountNumber ContactStatus Name FirstName LastName CompanyNumber "
    "EmailAddress SkypeUserName ContactPersons BankAccountDetails TaxNumber TaxNumberType AccountsReceivableTaxType "
    "AccountsPayableTaxType Addresses Phones IsSupplier IsCustomer SalesDefaultLineAmountType "
    "PurchasesDefaultLineAmountType DefaultCurrency XeroNetworkKey SalesDefaultAccountCode "
    "PurchasesDefaultAccountCode SalesTrackingCategories PurchasesTrackingCategories TrackingCategoryName "
    "TrackingCategoryOption PaymentTerms ContactGroups Website BrandingTheme BatchPayments Discount Balances"
)
DOCUMENT = READ_ONLY | names(
    "Type Contact LineItems Date DateString LineAmountTypes Reference BrandingThemeID CurrencyCode CurrencyRate Status "
    "SentToContact SubTotal TotalTax Total TotalDiscount IsDiscounted"
)
INVOICE = DOCUMENT | names(
    "InvoiceID InvoiceNumber DueDate DueDateString Url ExpectedPaymentDate PlannedPaymentDate CISDeduction CISRate "
    "RepeatingInvoiceID Payments Prepayments Overpayments AmountDue AmountPaid FullyPaidOnDate AmountCredited "
    "CreditNotes InvoiceAddresses InvoicePaymentServices RoundingAmount EnteredTotal"
)
PURCHASE_ORDER = DOCUMENT | names(
    "PurchaseOrderID PurchaseOrderNumber DeliveryDate DeliveryDateString DeliveryAddress AttentionTo Telephone "
    "DeliveryInstructions ExpectedArrivalDate ExpectedArrivalDateString"
)
LINE = names(
    "LineItemID Description Quantity UnitAmount ItemCode Item AccountCode AccountID TaxType TaxAmount LineAmount "
    "Tracking DiscountRate DiscountAmount RepeatingInvoiceID Taxability SalesTaxCodeId TaxBreakdown "
    "ValidationErrors"
)
ITEM = READ_ONLY | names(
    "ItemID Code InventoryAssetAccountCode Name IsSold IsPurchased Description PurchaseDescription PurchaseDetails "
    "SalesDetails IsTrackedAsInventory TotalCostPool QuantityOnHand QuantityAvailable QuantityOnBackOrder"
)
PAYMENT = READ_ONLY | names(
    "PaymentID Invoice CreditNote Prepayment Overpayment InvoiceNumber CreditNoteNumber BatchPayment Account Code Date "
    "CurrencyRate Amount BankAmount Reference IsReconciled Status PaymentType BatchPaymentID BankAccountNumber "
    "Particulars Details HasAccount"
)
BY_KIND = {
    "Contacts": CONTACT,
    "Invoices": INVOICE,
    "PurchaseOrders": PURCHASE_ORDER,
    "Items": ITEM,
    "Payments": PAYMENT,
}

# The rows an organisation is set up with, for `where` and `order` on them.
REFERENCE = names(
    "AccountID Code Name Type Status Class TaxType Description SystemAccount EnablePaymentsToAccount UpdatedDateUTC "
    "ReportTaxType DisplayTaxRate EffectiveRate CanApplyToAssets CanApplyToEquity CanApplyToExpenses "
    "CanApplyToLiabilities CanApplyToRevenue TrackingCategoryID UserID EmailAddress FirstName LastName "
    "IsSubscriber OrganisationRole BankAccountNumber CurrencyCode"
)

CONTACT_LENGTHS = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "EmailAddress": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "TaxNumber": 50,
    "CompanyNumber": 50,
    "BankAccountDetails": 255,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "SalesDefaultAccountCode": 50,
    "PurchasesDefaultAccountCode": 50,
    "XeroNetworkKey": 255,
}
PERSON_LENGTHS = {"FirstName": 255, "LastName": 255, "EmailAddress": 255}
ADDRESS_LENGTHS = {
    "AddressLine1": 500,
    "AddressLine2": 500,
    "AddressLine3": 500,
    "AddressLine4": 500,
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
PHONE_LENGTHS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
ITEM_LENGTHS = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}
ORDER_LENGTHS = {
    "PurchaseOrderNumber": 255,
    "Reference": 255,
    "DeliveryAddress": 500,
    "AttentionTo": 255,
    "Telephone": 50,
    "DeliveryInstructions": 500,
}
INVOICE_LENGTHS = {"InvoiceNumber": 255, "Reference": 255, "Url": 500}

ADDRESS_TYPES = ("STREET", "POBOX")
PHONE_TYPES = ("DEFAULT", "DDI", "FAX", "MOBILE")
