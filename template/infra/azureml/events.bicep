// New data starts the schedule's job at once: a blob PROJECT/data/READY, which whoever delivers data writes last.
// CI cannot be called: Event Grid asks a receiver to prove itself, and no CI system answers. A Logic App does.
param project string
param workspaceName string
param storageName string
param location string
param tags object

var roles = {
  'AzureML Data Scientist': 'f6c7c914-8db3-469d-8ca1-694a8f32e121'
}

resource workspace 'Microsoft.MachineLearningServices/workspaces@2025-06-01' existing = {
  name: workspaceName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource starter 'Microsoft.Logic/workflows@2019-05-01' = {
  name: '${project}-new-data'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    state: 'Enabled'
    definition: {
      '$schema': 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
      contentVersion: '1.0.0.0'
      triggers: {
        event: {
          type: 'Request'
          kind: 'Http'
          inputs: {
            schema: {}
          }
        }
      }
      actions: {
        retrain: {
          type: 'Http'
          runAfter: {}
          inputs: {
            method: 'POST'
            // The way of the SDK's `schedules.trigger`; Azure has it in a preview version of its API alone.
            uri: '${environment().resourceManager}${substring(workspace.id, 1)}/schedules/${project}-retrain/trigger?api-version=2024-01-01-preview'
            body: {
              scheduleTime: '@{utcNow()}'
            }
            authentication: {
              type: 'ManagedServiceIdentity'
              audience: environment().resourceManager
            }
            retryPolicy: {
              type: 'exponential'
              count: 4
              interval: 'PT20S'
            }
          }
        }
      }
    }
  }
}

resource mayStart 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: workspace
  name: guid(workspace.id, starter.id, roles['AzureML Data Scientist'])
  properties: {
    principalId: starter.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['AzureML Data Scientist'])
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: '${project}-storage'
  location: location
  tags: tags
  properties: {
    source: storage.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource newData 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'new-data'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: listCallbackUrl('${starter.id}/triggers/event', '2019-05-01').value
        maxEventsPerBatch: 1
      }
    }
    filter: {
      includedEventTypes: [
        'Microsoft.Storage.BlobCreated'
      ]
      subjectBeginsWith: '/blobServices/default/containers/azureml-blobstore-${workspace.properties.workspaceId}/blobs/${project}/data/'
      subjectEndsWith: '/READY'
    }
    retryPolicy: {
      maxDeliveryAttempts: 10
      eventTimeToLiveInMinutes: 120
    }
  }
  dependsOn: [
    mayStart
  ]
}

output starterId string = starter.id
