// xero-node at work: JSON by its own models. Prints what it saw; run by test_outsider_xero_node.
// Its addresses are constants; the environment leads them to the sandbox (addresses.py). openid-client, which it signs in
// with, asks no environment: it is given its agent, by the setting that it has for that.
'use strict'

const axios = require('axios')
const HttpsProxyAgent = require('https-proxy-agent')
const { custom } = require('openid-client')
const { XeroClient } = require('xero-node')

const CALLBACK = 'https://app.example/callback'

const SCOPES = ['offline_access', 'accounting.contacts', 'accounting.invoices', 'accounting.settings.read']

async function signedIn() {
  custom.setHttpOptionsDefaults({ agent: new HttpsProxyAgent(process.env.HTTPS_PROXY) })
  const xero = new XeroClient({ clientId: 'sandbox', clientSecret: 'sandbox', redirectUris: [CALLBACK], scopes: SCOPES, state: 's1' })
  const page = `${await xero.buildConsentUrl()}&auto=1`
  const accepted = await axios.get(page, { maxRedirects: 0, validateStatus: status => status === 302 })
  await xero.apiCallback(accepted.headers.location)
  return xero
}

async function contacts(api, tenant) {
  const persons = [{ firstName: 'Tama', emailAddress: 't@acme.example', includeInEmails: true }]
  const given = [{ name: 'Acme', emailAddress: 'a@acme.example', contactPersons: persons }]
  for (let n = 0; n < 4; n++) given.push({ name: `Contact ${n}` })
  const made = (await api.createContacts(tenant, { contacts: given }, true, 'create-1')).body.contacts
  const again = (await api.createContacts(tenant, { contacts: given }, true, 'create-1')).body.contacts
  const pages = []
  for (const page of [1, 2, 3]) {
    const found = await api.getContacts(tenant, undefined, undefined, 'Name ASC', undefined, page, true, false, undefined, 2)
    pages.push(found.body.contacts.map(row => row.name))
  }
  const acme = made[0].contactID
  const changed = (await api.updateContact(tenant, acme, { contacts: [{ contactID: acme, accountNumber: 'C-1' }] })).body.contacts[0]
  const both = (await api.updateOrCreateContacts(tenant, { contacts: [{ name: 'acme', taxNumber: '11-111' }, { name: 'New one' }] })).body.contacts
  const named = (await api.getContacts(tenant, undefined, 'Name=="ACME"')).body.contacts
  const later = (await api.getContacts(tenant, new Date('2030-01-01T00:00:00Z'))).body.contacts
  return {
    made: made.length,
    kept: again.map(row => row.contactID).join() === made.map(row => row.contactID).join(),
    pages,
    changed: [changed.name, changed.accountNumber, changed.contactID === acme],
    upserted: both.map(row => row.contactID === acme),
    person: (await api.getContact(tenant, acme)).body.contacts[0].contactPersons[0].firstName,
    updated: named[0].updatedDateUTC,
    later: later.length,
    acme,
  }
}

async function documents(api, tenant, acme) {
  const item = { code: 'PEN', name: 'Pen', isSold: true, salesDetails: { unitPrice: 1.2345, accountCode: '200' } }
  const items = (await api.createItems(tenant, { items: [item] }, false, 4)).body.items
  const lines = [
    { itemCode: 'PEN', description: 'Pens', quantity: 3 },
    { description: 'Delivery', quantity: 1, unitAmount: 10, accountCode: '200' },
  ]
  const given = {
    type: 'ACCREC', contact: { contactID: acme }, invoiceNumber: 'N-1', date: '2026-09-01', dueDate: '2026-10-01',
    status: 'AUTHORISED', lineItems: lines,
  }
  const made = (await api.createInvoices(tenant, { invoices: [given] }, false, 4)).body.invoices[0]
  const one = { type: 'ACCREC', invoiceNumber: 'N-1', contact: { contactID: acme }, reference: 'CRM 1' }
  const again = (await api.updateOrCreateInvoices(tenant, { invoices: [one] }, false, 4)).body.invoices[0]
  const order = { contact: { contactID: acme }, lineItems: [{ description: 'Paper', quantity: 2, unitAmount: 4.5 }] }
  const ordered = (await api.createPurchaseOrders(tenant, { purchaseOrders: [order] })).body.purchaseOrders[0]
  return {
    price: items[0].salesDetails.unitPrice,
    invoice: [made.status, made.total, made.date],
    again: [again.invoiceID === made.invoiceID, again.reference, again.total],
    order: [ordered.purchaseOrderNumber, ordered.subTotal],
  }
}

async function refused(call) {
  try {
    await call
  } catch (error) {
    const found = typeof error === 'string' ? JSON.parse(error) : error
    return { status: found.response.statusCode, body: found.body }
  }
  return null
}

async function refusals(api, tenant) {
  const mixed = { contacts: [{ name: 'Acme' }, { name: 'Good' }] }
  const told = (await api.createContacts(tenant, mixed, false)).body.contacts
  const summarised = await refused(api.createContacts(tenant, { contacts: [{ name: 'Acme' }] }))
  const missing = await refused(api.getInvoice(tenant, '00000000-0000-0000-0000-000000000009'))
  return {
    mixed: told.map(row => [row.statusAttributeString, row.hasValidationErrors]),
    told: told[0].validationErrors[0].message,
    summarised: [summarised.status, summarised.body.ErrorNumber, summarised.body.Elements.length],
    missing: missing.status,
  }
}

async function main() {
  const xero = await signedIn()
  const first = xero.readTokenSet()
  const [tenant] = await xero.updateTenants()
  const api = xero.accountingApi
  const seen = { tenant: [tenant.tenantId, tenant.orgData.baseCurrency] }
  seen.contacts = await contacts(api, tenant.tenantId)
  seen.documents = await documents(api, tenant.tenantId, seen.contacts.acme)
  seen.refusals = await refusals(api, tenant.tenantId)
  const second = await xero.refreshToken()
  const third = await xero.refreshWithRefreshToken('sandbox', 'sandbox', second.refresh_token)
  seen.refreshed = {
    other: [first, second, third].map(held => held.refresh_token).filter((held, n, all) => all.indexOf(held) === n).length,
    works: (await api.getOrganisations(tenant.tenantId)).body.organisations[0].baseCurrency,
  }
  console.log(JSON.stringify(seen))
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
