// Everything that the project keeps in Azure, in one resource group: `just infra plan`, `apply`, `destroy`.
// What is yours to choose stands in main.bicepparam. What it costs: docs/azureml.md.
targetScope = 'resourceGroup'

@description('Name of the project: the tag `project` of everything, and the beginning of its names.')
@maxLength(40)
param project string

@description('The tag `environment`: staging and production share one workspace, as endpoints of their own.')
param environmentTag string = 'shared'

@description('Another letter gives new names, while a deleted vault or workspace still holds the old ones.')
@maxLength(3)
param generation string = 'a'

@description('Region; by default that of the resource group.')
param location string = resourceGroup().location

@description('Whose tokens of CI are trusted: name, issuer and subject of each.')
param trusted array

@description('Whose tokens of CI may read data versions, and nothing else: pull requests.')
param readers array

@description('Object id of the Entra group of the team, which gets the same roles as CI; empty for none.')
param team string = ''

@description('Who is written to by alerts and by the budget.')
@minLength(1)
param emails array

@description('What a month may cost, in the currency of the subscription: a warning, no limit.')
@minValue(1)
param budget int

@description('Month from which the budget counts; Azure takes no past one, and lets none be changed.')
param month string = utcNow('yyyy-MM')

@description('Machine type of the cluster that trains.')
param computeSize string

@description('Most machines that train at once; none runs while no job does.')
@minValue(1)
param computeNodes int

@description('Names of the online endpoints that exist, for their alerts: `just infra` finds them out.')
param endpoints array = []

@description('Requests in a minute that may fail by the service\'s own fault.')
param errorsPerMinute int

@description('Slowest answer of 95 in 100 requests, in milliseconds.')
param latency int

var tags = {
  project: project
  environment: environmentTag
  'managed-by': 'bicep'
}
var letters = replace(project, '-', '')
var unique = uniqueString(resourceGroup().id, project, generation)

module watch 'watch.bicep' = {
  name: '${take(project, 40)}-watch'
  params: {
    project: project
    location: location
    tags: tags
    emails: emails
    budget: budget
    month: month
  }
}

module store 'store.bicep' = {
  name: '${take(project, 40)}-store'
  params: {
    storageName: 'st${take(letters, 9)}${unique}'
    vaultName: 'kv${take(letters, 9)}${unique}'
    registryName: 'cr${take(letters, 20)}${unique}'
    logsId: watch.outputs.logsId
    location: location
    tags: tags
  }
}

module workspace 'workspace.bicep' = {
  name: '${take(project, 40)}-workspace'
  params: {
    project: project
    name: 'ml-${take(letters, 14)}-${unique}'
    storageName: store.outputs.storageName
    vaultName: store.outputs.vaultName
    registryName: store.outputs.registryName
    insightsName: watch.outputs.insightsName
    logsId: watch.outputs.logsId
    computeSize: computeSize
    computeNodes: computeNodes
    location: location
    tags: tags
  }
}

module ci 'ci.bicep' = {
  name: '${take(project, 40)}-ci'
  params: {
    project: project
    trusted: trusted
    readers: readers
    storageName: store.outputs.storageName
    location: location
    tags: tags
  }
}

module ciAccess 'access.bicep' = {
  name: '${take(project, 40)}-ci-access'
  params: {
    principal: ci.outputs.principal
    principalType: 'ServicePrincipal'
    workspaceName: workspace.outputs.name
    storageName: store.outputs.storageName
    registryName: store.outputs.registryName
    endpointIdentityName: workspace.outputs.endpointIdentityName
  }
}

module teamAccess 'access.bicep' = if (!empty(team)) {
  name: '${take(project, 40)}-team-access'
  params: {
    principal: team
    principalType: 'Group'
    workspaceName: workspace.outputs.name
    storageName: store.outputs.storageName
    registryName: store.outputs.registryName
    endpointIdentityName: workspace.outputs.endpointIdentityName
  }
}

module events 'events.bicep' = {
  name: '${take(project, 40)}-events'
  params: {
    project: project
    workspaceName: workspace.outputs.name
    storageName: store.outputs.storageName
    location: location
    tags: tags
  }
}

module alerts 'alerts.bicep' = {
  name: '${take(project, 40)}-alerts'
  params: {
    project: project
    workspaceName: workspace.outputs.name
    starterId: events.outputs.starterId
    actionsId: watch.outputs.actionsId
    endpoints: endpoints
    errorsPerMinute: errorsPerMinute
    latency: latency
    tags: tags
  }
}

// `just infra apply` writes them into settings.yaml, and tells what CI needs to know.
output workspace string = workspace.outputs.name
output location string = location
output registry string = store.outputs.registryServer
output storage string = store.outputs.storageName
output compute string = workspace.outputs.compute
output identity string = workspace.outputs.jobsClient
output endpoint_identity string = workspace.outputs.endpointIdentityId
output tenant string = subscription().tenantId
output client string = ci.outputs.client
output data_client string = ci.outputs.dataClient
