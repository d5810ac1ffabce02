// Who is woken by what. Azure has no rule for endpoints that do not exist yet: `just infra apply` passes those that do.
param project string
param workspaceName string
param starterId string
param actionsId string
param endpoints array
param errorsPerMinute int
param latency int
param tags object

resource workspace 'Microsoft.MachineLearningServices/workspaces@2025-06-01' existing = {
  name: workspaceName
}

resource failedRuns 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${project}-failed-runs'
  location: 'global'
  tags: tags
  properties: {
    description: 'A job of ${project} failed. Look: `just train`, or the studio; docs/azureml.md'
    enabled: true
    severity: 2
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    scopes: [
      workspace.id
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'failed'
          metricName: 'Failed Runs'
          metricNamespace: 'Microsoft.MachineLearningServices/workspaces'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionsId
      }
    ]
  }
}

resource failedEvents 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${project}-failed-events'
  location: 'global'
  tags: tags
  properties: {
    description: 'New data of ${project} came, and no training began. Next: `just retrain --trigger event`'
    enabled: true
    severity: 2
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    scopes: [
      starterId
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'failed'
          metricName: 'RunsFailed'
          metricNamespace: 'Microsoft.Logic/workflows'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionsId
      }
    ]
  }
}

resource errors 'Microsoft.Insights/metricAlerts@2018-03-01' = [for endpoint in endpoints: {
  name: '${endpoint}-errors'
  location: 'global'
  tags: tags
  properties: {
    description: 'The endpoint ${endpoint} fails requests. Look: `just monitor`; back: `just rollback`'
    enabled: true
    severity: 1
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    scopes: [
      '${workspace.id}/onlineEndpoints/${endpoint}'
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'errors'
          metricName: 'RequestsPerMinute'
          metricNamespace: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints'
          dimensions: [
            {
              name: 'statusCodeClass'
              operator: 'Include'
              values: [
                '5xx'
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: errorsPerMinute
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionsId
      }
    ]
  }
}]

// What the container fails at reaches callers as 424, which is no 5xx: its own status code tells.
resource modelErrors 'Microsoft.Insights/metricAlerts@2018-03-01' = [for endpoint in endpoints: {
  name: '${endpoint}-model-errors'
  location: 'global'
  tags: tags
  properties: {
    description: 'The model behind ${endpoint} fails requests. Look: `just monitor`; back: `just rollback`'
    enabled: true
    severity: 1
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    scopes: [
      '${workspace.id}/onlineEndpoints/${endpoint}'
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'modelErrors'
          metricName: 'RequestsPerMinute'
          metricNamespace: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints'
          dimensions: [
            {
              name: 'modelStatusCode'
              operator: 'Include'
              values: [
                '500'
                '502'
                '503'
                '504'
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: errorsPerMinute
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionsId
      }
    ]
  }
}]

resource slow 'Microsoft.Insights/metricAlerts@2018-03-01' = [for endpoint in endpoints: {
  name: '${endpoint}-latency'
  location: 'global'
  tags: tags
  properties: {
    description: 'The endpoint ${endpoint} answers slowly. Look: `just monitor`; back: `just rollback`'
    enabled: true
    severity: 2
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    scopes: [
      '${workspace.id}/onlineEndpoints/${endpoint}'
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'latency'
          metricName: 'RequestLatency_P95'
          metricNamespace: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints'
          operator: 'GreaterThan'
          threshold: latency
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionsId
      }
    ]
  }
}]
